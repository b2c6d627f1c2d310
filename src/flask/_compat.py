"""Not there any more: it held what Python 2 needed. Importing it says what to use instead."""

from flask.formernames import refuse_former_module

refuse_former_module(__name__)
