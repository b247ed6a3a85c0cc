"""Production: the hosts, and what differs from one to the other. All else is in group_data/."""

from changeover.inventory import filled_in

playmaker = filled_in(
    __file__,
    [
        (
            "playmaker-1",
            {
                "ssh_hostname": "203.0.113.10",
                "ssh_user": "admin",
                "_sudo": True,
                "playmaker_domain": "playmaker.example.com",
            },
        ),
    ],
)
