"""
A local page in the browser, from two recordings to a model: the command ``studio``.

``studio`` is the command, ``home`` the folder with its lock and its token, ``guard`` keeps strangers out, ``routes``,
with ``answers``, ``wishes``, ``uploads`` and ``pages``, answers the page, whose files are in the folder ``page``. A run
is a folder: ``projects``, with ``facts`` and ``names``, keeps it on disk, ``jobs`` starts and finds its training, which
is the process ``job``, and ``progress`` follows it. ``analysis``, with ``waves``, is what is known of its recordings,
``listening`` what is heard of its model, ``exports`` what can be downloaded.
"""
