"""What conda packages are called on PyPI, and which of them have no place there. Pure data.

Where the facts come from (read on 2026-11-22): the mapping that conda-forge keeps (`mappings/pypi` of
regro/cf-graph-countyfair) and prefix.dev's (parselmouth, with the channel `pytorch`), grayskull's exceptions, and the
comparison of Anaconda's channel with conda-forge in conda-incubator/conda-pypi (August 2025). A name that is in none
of the tables is the same on PyPI, as it is for all but some hundreds of the packages there.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DIFFERENT", "IMPOSSIBLE", "ON_PYPI", "UNNECESSARY", "note_of", "why_impossible", "why_unnecessary"]

ON_PYPI: Mapping[str, str] = {
    # another name
    "boruta-py": "boruta", "brotli-python": "brotli", "docker-py": "docker",
    "esprima-python": "esprima", "faiss": "faiss-cpu", "flask-cors": "flask-cors", "gnupg-py": "gnupg",
    "h2o-py": "h2o", "hjson-py": "hjson", "ignite": "pytorch-ignite", "msg-extractor": "extract-msg",
    "msgpack-python": "msgpack", "neo4j-python-driver": "neo4j", "nvidia-ml": "nvidia-ml-py3",
    "ortools-python": "ortools", "prince-factor-analysis": "prince", "pvlib-python": "pvlib", "pyg": "torch-geometric",
    "pysoundfile": "soundfile", "pytables": "tables", "python-annoy": "annoy", "python-avro": "avro-python3",
    "python-blosc": "blosc", "python-confluent-kafka": "confluent-kafka", "python-cufflinks": "cufflinks",
    "python-duckdb": "duckdb", "python-fastjsonschema": "fastjsonschema", "python-flair": "flair",
    "python-flatbuffers": "flatbuffers", "python-graphviz": "graphviz", "python-hdfs": "hdfs",
    "python-installer": "installer", "python-kaleido": "kaleido", "python-kubernetes": "kubernetes",
    "python-lmdb": "lmdb", "python-neo": "neo", "python-sounddevice": "sounddevice",
    "python-symengine": "symengine", "python-tzdata": "tzdata", "python-wget": "wget", "python-xxhash": "xxhash",
    "pytorch": "torch", "pytorch-geometric": "torch-geometric", "pywget": "wget", "redis-py": "redis",
    "ruamel-yaml": "ruamel.yaml", "torchtriton": "triton",
    "trino-python-client": "trino", "vsts-python-api": "vsts", "cufflinks-py": "cufflinks",
    # one project in several packages
    "astropy-base": "astropy", "dask": "dask[complete]", "dask-core": "dask", "diffusers-base": "diffusers",
    "diffusers-torch": "diffusers", "geopandas-base": "geopandas", "keras-base": "keras", "keras-gpu": "keras",
    "matplotlib-base": "matplotlib", "numpy-base": "numpy", "pandera-base": "pandera",
    "pandera-core": "pandera", "py-lightgbm": "lightgbm", "py-xgboost": "xgboost", "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost", "pyarrow-core": "pyarrow", "pyct-core": "pyct", "pytorch-cpu": "torch",
    "pytorch-gpu": "torch", "qtconsole-base": "qtconsole", "ray-core": "ray", "ray-default": "ray[default]",
    "ray-serve": "ray[serve]", "ray-tune": "ray[tune]", "seaborn-base": "seaborn", "spyder-base": "spyder",
    "tensorflow-base": "tensorflow", "tensorflow-eigen": "tensorflow", "tensorflow-gpu": "tensorflow",
    "tensorflow-mkl": "tensorflow", "torchaudio-cpu": "torchaudio", "torchvision-cpu": "torchvision",
    "uvicorn-standard": "uvicorn[standard]", "xgboost-cpu": "xgboost",
    # the same code, packed otherwise: `DIFFERENT` says how
    "opencv": "opencv-python-headless", "py-opencv": "opencv-python-headless", "psycopg2": "psycopg2-binary",
}  # fmt: skip
"""conda's names of what PyPI calls otherwise, where it is the same project with the same version numbers."""

DIFFERENT: Mapping[str, str] = {
    "opencv": "opencv-python-headless has no windows (imshow)",
    "py-opencv": "opencv-python-headless has no windows (imshow)",
    "psycopg2": "psycopg2-binary brings its own libpq",
    "python-graphviz": "the program `dot` is not in the base image; a step of yours installs it",
    "pyodbc": "the ODBC driver is not in the base image; a step of yours installs it",
    "keras-gpu": "a wheel's keras runs on what tensorflow or torch brings",
    "py-xgboost-gpu": "xgboost's wheel has its GPU code; the GPU comes with the base image",
    "pytorch-gpu": "which torch pip takes, with CUDA or without, is up to the index",
    "pytorch-cpu": "which torch pip takes, with CUDA or without, is up to the index",
    "tensorflow-gpu": "tensorflow's wheel has its GPU code; the GPU comes with the base image",
    "tensorflow-mkl": "tensorflow's wheel has oneDNN in place of conda's MKL build",
    "cpuonly": "which torch pip takes, with CUDA or without, is up to the index",
    "pytorch-cuda": "which torch pip takes, with CUDA or without, is up to the index",
    "cudatoolkit": "CUDA comes with the wheels, or with a GPU base image",
    "cudnn": "cuDNN comes with the wheels, or with a GPU base image",
}
"""What a person should know where pip's package is not to the letter conda's; told among the differences."""

_CARRIED = """
arrow-cpp aws-c-common aws-sdk-cpp blas blas-devel blosc boost boost-cpp brotli bzip2 c-ares c-blosc2 cairo
cudatoolkit cudnn cudatoolkit-dev cutensor expat ffmpeg-libs fftw fontconfig freetype fribidi geos gettext gflags
giflib glib glog gmp grpc-cpp gsl gst-plugins-base gstreamer gtest harfbuzz hdf4 hdf5 icu intel-openmp isa-l jasper
jemalloc jpeg jsoncpp krb5 lame lcms2 leveldb libaec libarrow libavif libblas libboost libbrotlicommon libcblas
libclang libcurl libcxx libdeflate libedit libev libevent libfaiss libffi libgcc libgcc-ng libgfortran libgfortran-ng
libgfortran4 libgfortran5 libglib libgomp libiconv libjpeg-turbo liblapack liblapacke liblightgbm libllvm libllvm10
libllvm11 libllvm14 libllvm15 libnetcdf libnghttp2 libnsl libogg libopenblas libopencv libopus libpng libpq
libprotobuf libsodium libspatialindex libsqlite libssh2 libstdcxx libstdcxx-ng libthrift libtiff libtool libtorch
libutf8proc libuuid libuv libvorbis libvpx libwebp libwebp-base libxcb libxcrypt libxgboost libxml2 libxslt libzip
libzlib llvm-openmp lz4-c lzo magma magma-cuda111 metis mkl mkl-fft mkl-include mkl-random mkl-service mpc mpfr mysql-
libs nccl ncurses nettle ninja-base nspr nss oneccl openblas openh264 openjpeg openmp orc pcre pcre2 pixman proj
pthread-stubs qhull re2 readline rocksdb s2n snappy sqlite suitesparse tbb tbb4py thrift-cpp tk unixodbc utf8proc x264
x265 xz yaml zeromq zfp zlib zlib-ng zstd
"""
_MACHINE = """
-libgcc-mutex -openmp-mutex -py-xgboost-mutex -r-mutex -sysroot-linux-64-curr-repodata-hack -x86-64-microarch-level
anaconda-anon-usage archspec binutils-impl-linux-64 ca-certificates conda-package-handling kernel-headers-linux-64 ld-
impl-linux-64 ld-impl-linux-aarch64 m2w64-gcc-libgfortran m2w64-gcc-libs m2w64-gcc-libs-core m2w64-gmp
m2w64-libwinpthread-git msys2-conda-epoch openssl pip python-abi python-app pywin32-on-windows sysroot-linux-64 tzdata
ucrt vc vc14-runtime vs2015-runtime wheel win-inet-pton wincertstore
"""
_STANDARD = """
argparse contextvars dataclasses enum34 futures ordereddict typing wsgiref
"""
_SELECTS = """
cpuonly cuda-version nomkl pytorch-cuda pytorch-mutex tensorflow-cuda-mutex
"""

UNNECESSARY: Mapping[str, str] = {
    **dict.fromkeys(_CARRIED.split(), "libraries that wheels carry inside themselves"),
    **dict.fromkeys(_MACHINE.split(), "of the machine or of conda itself, not of Python"),
    **dict.fromkeys(_STANDARD.split(), "in Python itself"),
    **dict.fromkeys(_SELECTS.split(), "chooses among conda's builds"),
}
"""conda packages that a pip environment needs nothing for, each with the reason."""

_LIBRARIES = ("cuda-", "libcu", "m2w64-", "magma-cuda", "xorg-")

IMPOSSIBLE: Mapping[str, str] = {
    "anaconda": "a bundle of some hundred packages; name those that the script imports",
    "conda": "conda itself is not on PyPI",
    "mamba": "conda's programs are not on PyPI",
    "curl": "a program; an extra step of the image installs it",
    "ffmpeg": "a program; an extra step of the image installs it, imageio-ffmpeg brings one of its own",
    "flatbuffers": "conda's is the C++ library; PyPI's flatbuffers is conda's python-flatbuffers",
    "gcc": "a compiler; wheels need none, an extra step of the image installs it",
    "gdal": "PyPI has its sources only; rasterio, pyogrio and fiona have wheels that carry it",
    "git": "a program; an extra step of the image installs it",
    "graphviz": "conda's is the program `dot`; PyPI's graphviz is conda's python-graphviz",
    "gxx": "a compiler; wheels need none, an extra step of the image installs it",
    "java-jdk": "Java; a base image has it",
    "kubernetes": "conda's are Kubernetes' programs; PyPI's kubernetes is conda's python-kubernetes",
    "lmdb": "conda's is the C library; PyPI's lmdb is conda's python-lmdb",
    "mysql": "a database; PyPI's pymysql speaks with one",
    "nodejs": "Node.js; a base image has it",
    "openbabel": "PyPI has its sources only; openbabel-wheel is built",
    "openjdk": "Java; a base image has it",
    "pandoc": "conda's is the program; PyPI's pypandoc-binary carries it",
    "poppler": "a program; an extra step of the image installs it",
    "postgresql": "a database; PyPI's psycopg2-binary speaks with one",
    "faiss-gpu": "PyPI has faiss-cpu",
    "pyqt": "its name on PyPI says the version: PyQt5, PyQt6",
    "r": "R; this is a server for Python",
    "r-base": "R; this is a server for Python",
    "redis": "conda's is the database; PyPI's redis is conda's redis-py",
    "redis-server": "a database; PyPI's redis speaks with one",
    "rpy2": "it needs R, which no wheel brings; a base image has it",
    "swig": "a code generator; an extra step of the image installs it",
    "symengine": "conda's is the C++ library; PyPI's symengine is conda's python-symengine",
    "tesseract": "a program; an extra step of the image installs it",
    "wget": "conda's is the program; PyPI's wget is conda's python-wget",
    "xxhash": "conda's is the C library; PyPI's xxhash is conda's python-xxhash",
}
"""conda packages that pip cannot have, or of which PyPI has another thing under the name; and the nearest thing."""


def why_unnecessary(name: str) -> str | None:
    """The reason to leave a conda package (canonical name) out; None for one that is wanted."""
    return UNNECESSARY["zlib"] if name.startswith(_LIBRARIES) else UNNECESSARY.get(name)


def why_impossible(name: str) -> str | None:
    """The reason to refuse a conda package, and what there is in its place."""
    known = IMPOSSIBLE.get(name)
    return "R; this is a server for Python" if known is None and name.startswith("r-") else known


def note_of(name: str) -> str | None:
    """What to tell about a package that is had from PyPI, or left out."""
    return DIFFERENT.get(name)
