# score, sha256:…. Build it with BuildKit: docker build .

FROM nvidia/cuda:11.8.0-cudnn8-runtime-rockylinux8

# CUDA in this base is NVIDIA's: by using it you accept the NVIDIA Deep Learning Container License (https://developer.nvidia.com/ngc/nvidia-deep-learning-container-license)
RUN dnf install -y python3.11 && dnf clean all && \
    ln -sf /usr/bin/python3.11 /usr/local/bin/python3
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
