"""Tell what is so on each host; --data json=true: as one JSON document. Changes nothing."""

from changeover import apps, status

apps.told("json")
apps.each(status.tell)
