"""How the nouns look in a notebook: HTML, progress, plots; registers IPython formatters for the types of `sdk`.

May import `sdk` and what lies below. Rendering functions are pure: record in, text or HTML out.
"""
