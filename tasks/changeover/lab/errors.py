"""What goes wrong in the lab, said in one line."""


class LabError(Exception):
    """The lab cannot do what was asked; the message says why and what to do."""
