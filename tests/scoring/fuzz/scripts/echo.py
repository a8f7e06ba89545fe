"""What raw bytes are sent to: the answer is the body, so that it shows where the server thinks that a body ends."""


def init():
    pass


def run(body):
    return body
