"""The target `process`: services on this machine with no container.

The front of the scoring server is the service's supervisor, a daemon that survives kernel and Jupyter server. It is
found again by the lock that it holds and by its control socket, never by a process id.
"""
