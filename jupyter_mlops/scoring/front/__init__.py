"""The program that owns the port and never loads user code: HTTP, keys, limits, metrics, batching, supervision.

May import httptools, uvloop, orjson and prometheus_client, and `scoring.wire`.
"""
