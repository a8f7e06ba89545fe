# score, sha256:…. Build it with BuildKit: docker build .

FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04

# CUDA in this base is NVIDIA's: by using it you accept the NVIDIA Deep Learning Container License (https://developer.nvidia.com/ngc/nvidia-deep-learning-container-license)
RUN apt-get update && apt-get install -y --no-install-recommends python3.12 python3.12-venv && \
    rm -rf /var/lib/apt/lists/* && \
    ln -sf /usr/bin/python3.12 /usr/local/bin/python3
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
