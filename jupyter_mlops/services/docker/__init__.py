"""The target `docker`: services as containers of an engine, which may be on another machine.

One front container holds the published port across revisions; replicas are worker containers that share a volume of
Unix sockets with it (`scoring/worker/attend.py`). Everything is found again by labels; nothing is mounted from the
kernel's machine, files go in by archive and the control door is reached by `exec`. `resources` is purely computational.
"""
