"""What runs INSIDE the image: the front that owns the port and the workers that run the script.

Imports nothing of the rest of `jupyter_mlops`; nothing of the rest imports it.
Launched as `python -m jupyter_mlops.scoring`.
"""
