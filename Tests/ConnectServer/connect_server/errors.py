"""Errors of the API: a status of HTTP and a code of Connect, as its clients know them."""


class ConnectError(Exception):
    """An answer that is no success: `{"code", "error", "payload": null}`."""

    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def bad_guid(text):
    return ConnectError(400, 3, f'The numeric or GUID path element "{text}" is invalid.')


def missing(what="object"):
    return ConnectError(404, 4, f"The requested {what} does not exist.")


def unknown_user():
    return ConnectError(404, 9, "The requested user does not exist.")


def may_not_see():
    return ConnectError(403, 19, "You don't have permission to access this item.")


def may_not_operate():
    return ConnectError(403, 22, "You don't have permission to perform this operation.")


def no_credentials():
    return ConnectError(401, 24, "You must be authenticated to perform this operation.")


def bad_key():
    return ConnectError(401, 30, "The API key is not valid.")


def bad_json(why):
    return ConnectError(400, 6, f"Unable to parse the request: {why}")


def bad_name():
    return ConnectError(
        400,
        5,
        "The content name must have between 3 and 64 letters, digits, dashes, and underscores.",
    )


def name_taken():
    return ConnectError(409, 26, "An object with that name already exists.")


def bad_title():
    return ConnectError(400, 122, "The title must have between 3 and 1024 characters.")


def bad_description():
    return ConnectError(400, 123, "The description must not exceed 4096 characters.")


def bad_access_type(value):
    return ConnectError(
        400, 117, f'The access type "{value}" is invalid: use "all", "logged_in", or "acl".'
    )


def no_manifest():
    return ConnectError(400, 38, "The bundle does not contain a manifest.json file.")


def bad_archive(why):
    return ConnectError(400, 37, f"Unable to unpack the bundle: {why}")


def bad_checksum():
    return ConnectError(400, 104, "The checksum of the bundle does not match.")


def nothing_to_deploy():
    return ConnectError(404, 28, "The content has no bundle to deploy.")


def active_bundle():
    return ConnectError(400, 75, "The active bundle of a content item cannot be deleted.")


def task_lost():
    return ConnectError(404, 141, "The task does not exist; its results may have been removed.")


def too_large():
    return ConnectError(413, None, "Request Entity Too Large")


def length_required():
    return ConnectError(411, None, "Length Required")


def bad_vanity():
    return ConnectError(400, 149, "The vanity path is invalid.")


def vanity_taken():
    return ConnectError(409, 150, "The vanity path is in use.")
