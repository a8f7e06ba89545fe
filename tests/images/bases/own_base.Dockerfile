# score, sha256:…. Build it with BuildKit: docker build .

FROM registry.example.org/team/base:2@sha256:4567

USER root
RUN apt-get update
