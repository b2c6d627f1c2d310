"""Where do extensions find the classes without I/O? Aliases: ours are in ``setup``."""

from flask.sansio import app as app
from flask.sansio import blueprints as blueprints
from flask.sansio import scaffold as scaffold
