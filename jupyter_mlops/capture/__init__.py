"""STAGE: live object, cell, kernel environment → files that stand alone.

May import `storage`, `plugins`, `installers`, `records`, `errors`; no other stage. Nothing that was captured is run
here, and no framework is imported unless the object is its own.

    objects (flavor, flavors, pickling, culprits)      a live object → files, or the path to what no file can hold
    files                                              a file, a folder, an URL → a model
    signature, schema_source, entry_script             a sample → its wire form, its schema, a readable script
    scripts (imports, dead_imports, ignored), cells    an entry script from the disk, for a model, from a cell
    environment                                        imports, a conda or a requirements file → the exact packages
    provenance                                         who, where, which cell, which commit
"""
