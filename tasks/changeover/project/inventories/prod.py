"""Production: the hosts, and what differs from one to the other. All else is in group_data/."""

from changeover.inventory import filled_in

# the group's name is the app's: its deploy file is deploys/shop.py, its values group_data/shop.py
shop = filled_in(
    __file__,
    [
        (
            "shop-1",
            {
                "ssh_hostname": "203.0.113.10",
                "ssh_user": "admin",
                "_sudo": True,
                "shop_domain": "shop.example.com",
            },
        ),
    ],
)
