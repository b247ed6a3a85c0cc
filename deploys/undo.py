"""Tell what is open; --data undo=again: undo it now; --data changeover_break=ID: break it."""

from changeover import apps, undo

apps.told("undo", "changeover_break", some=True)
apps.allow("undo", ("again",))
apps.each(undo.act)
undo.agree()
