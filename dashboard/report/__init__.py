"""The published marts as a report that leaves the building: one page, a workbook, and lists.

`source` asks one published file; `content` is what it answers, a part for each tenant; `sentences` says in words what
that means, and what is not known; `pictures` lays out the pictures; `page` puts all into the templates. `lists` are
the whole lists, which are copied into CSV files, or written by `sheets` as a workbook. `places` says where the files go.
"""
