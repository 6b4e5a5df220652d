"""Settings: read from their sources, bound to classes, shown without secrets.

.. code-block:: text

   load            which sources there are, and their order
     environment   what is asked: keys, bound classes, profiles           loggers   levels below logging.level
       bind/       binder, known names, schema, typed values
       secrets     what may be shown
       read/       sources, files, variables, arguments, documents, profiles, placeholders
   shape           what a type hint expects      tree   settings with their origins      names   which spellings are one

A line imports the lines below it only. One binding is read in this order: ``environment`` takes the tree below the prefix from
``read/sources``, along the ``shape`` of the class, and ``bind/binder`` makes the object.
"""
