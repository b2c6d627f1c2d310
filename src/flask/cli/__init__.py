"""Which names does ``flask.cli`` offer? All of them, from the files of this folder.

``flask`` the program starts at ``main``; applications and extensions import from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.serving import run_simple as run_simple

from flask.cli.address import refuse_busy_port as refuse_busy_port
from flask.cli.certificates import CertParamType as CertParamType
from flask.cli.certificates import _validate_key as _validate_key
from flask.cli.commands import routes_command as routes_command
from flask.cli.commands import shell_command as shell_command
from flask.cli.discovery import F as F
from flask.cli.discovery import NoAppException as NoAppException
from flask.cli.discovery import ScriptInfo as ScriptInfo
from flask.cli.discovery import _called_with_wrong_args as _called_with_wrong_args
from flask.cli.discovery import find_app_by_string as find_app_by_string
from flask.cli.discovery import find_best_app as find_best_app
from flask.cli.discovery import locate_app as locate_app
from flask.cli.discovery import pass_script_info as pass_script_info
from flask.cli.discovery import prepare_import as prepare_import
from flask.cli.discovery import with_appcontext as with_appcontext
from flask.cli.environment import _app_option as _app_option
from flask.cli.environment import _debug_option as _debug_option
from flask.cli.environment import _env_file_callback as _env_file_callback
from flask.cli.environment import _env_file_option as _env_file_option
from flask.cli.environment import _path_is_ancestor as _path_is_ancestor
from flask.cli.environment import _set_app as _set_app
from flask.cli.environment import _set_debug as _set_debug
from flask.cli.environment import get_version as get_version
from flask.cli.environment import legacy_debug_flag as legacy_debug_flag
from flask.cli.environment import load_dotenv as load_dotenv
from flask.cli.environment import show_server_banner as show_server_banner
from flask.cli.environment import version_option as version_option
from flask.cli.environment import warn_of_ignored_run as warn_of_ignored_run
from flask.cli.groups import AppGroup as AppGroup
from flask.cli.groups import FlaskGroup as FlaskGroup
from flask.cli.groups import cli as cli
from flask.cli.groups import main as main
from flask.cli.run import SeparatedPathType as SeparatedPathType
from flask.cli.run import prepare_server as prepare_server
from flask.cli.run import run_command as run_command
from flask.cli.run import while_serving_here as while_serving_here
from flask.helpers import get_debug_flag as get_debug_flag
from flask.helpers import get_load_dotenv as get_load_dotenv
from flask.lazy import former_names_of

if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
