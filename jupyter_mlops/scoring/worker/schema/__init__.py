"""From the JSON of a request to what `run` was promised: the sample types of `inference_schema`, read and applied.

A conversion error is the client's (400) and is told apart from an error of `run` because the two happen in different
places: here, and in the function under the decorators. numpy and pandas are imported only where the script did.
"""
