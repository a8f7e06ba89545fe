# syntax=docker/dockerfile:1
FROM python:3.11
RUN true

# score, sha256:…. Build it with BuildKit: docker build .
