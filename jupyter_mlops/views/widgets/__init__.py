"""What a widget manager adds to a cell's HTML: buttons and a request form.

Python makes the HTML (a `Screen`), and it is all that a notebook's file keeps. `live.js`, loaded by anywidget, finds it
in the page by its key, puts the controls into an empty output beside it, and keeps open what was unfolded when the HTML
is written anew. No view of a widget is ever shown, so nothing is missing where there is no manager, or no kernel.
"""
