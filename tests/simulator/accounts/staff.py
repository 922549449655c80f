"""The made-up retailer's people, services and how the services hang together."""

from __future__ import annotations

LONDON, BERLIN, NEW_YORK, SYDNEY = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
)

TEAMS = (
    "Storefront",
    "Payments",
    "Fulfilment",
    "Platform",
    "Data",
    "Security",
    "Store Systems",
    "IT Operations",
)

PEOPLE = (
    ("Margaret Fernhill", "owner", "IT Operations", LONDON, "Chief Information Officer"),
    ("Tomasz Wolny", "admin", "Platform", BERLIN, "Head of Platform"),
    ("Ingrid Dahl", "admin", "Security", LONDON, "Head of Security"),
    ("Priya Raman", "user", "Storefront", LONDON, "Head of Storefront"),
    ("Kwame Boateng", "user", "Payments", LONDON, "Head of Payments"),
    ("Lena Vogt", "user", "Fulfilment", BERLIN, "Head of Fulfilment"),
    ("Rafael Duarte", "user", "Data", NEW_YORK, "Head of Data"),
    ("Siobhan Keane", "user", "Store Systems", LONDON, "Head of Store Systems"),
    ("Jack Marlow", "user", "IT Operations", SYDNEY, "Head of IT Operations"),
    ("Aisha Karim", "limited_user", "Storefront", LONDON, "Frontend Engineer"),
    ("Ben Ashdown", "limited_user", "Storefront", LONDON, "Backend Engineer"),
    ("Chiara Bruni", "limited_user", "Storefront", BERLIN, "Search Engineer"),
    ("Daniel Osei", "limited_user", "Storefront", LONDON, "Mobile Engineer"),
    ("Elif Aydin", "limited_user", "Payments", BERLIN, "Payments Engineer"),
    ("Finn Gallagher", "limited_user", "Payments", LONDON, "Payments Engineer"),
    ("Grace Lindqvist", "limited_user", "Payments", LONDON, "Fraud Analyst"),
    ("Hiro Tanabe", "limited_user", "Payments", LONDON, "Backend Engineer"),
    ("Ines Moreau", "limited_user", "Fulfilment", BERLIN, "Logistics Engineer"),
    ("Jonas Keller", "limited_user", "Fulfilment", BERLIN, "Warehouse Engineer"),
    ("Katya Sorokina", "limited_user", "Fulfilment", BERLIN, "Backend Engineer"),
    ("Liam Prescott", "limited_user", "Platform", LONDON, "Site Reliability Engineer"),
    ("Mei Lin Zhao", "limited_user", "Platform", SYDNEY, "Site Reliability Engineer"),
    ("Noah Whitfield", "limited_user", "Platform", NEW_YORK, "Database Engineer"),
    ("Oluchi Eze", "limited_user", "Platform", LONDON, "Network Engineer"),
    ("Paul Lambert", "limited_user", "Data", NEW_YORK, "Data Engineer"),
    ("Quentin Hale", "limited_user", "Data", NEW_YORK, "Data Scientist"),
    ("Rosa Jimenez", "limited_user", "Data", NEW_YORK, "Data Engineer"),
    ("Samuel Adeyemi", "limited_user", "Security", LONDON, "Security Engineer"),
    ("Tara Whelan", "limited_user", "Security", LONDON, "Security Analyst"),
    ("Ulrich Brandt", "limited_user", "Security", BERLIN, "Identity Engineer"),
    ("Vera Novak", "limited_user", "Store Systems", LONDON, "Till Engineer"),
    ("William Tran", "limited_user", "Store Systems", LONDON, "Network Engineer"),
    ("Xenia Pappas", "limited_user", "Store Systems", BERLIN, "Field Engineer"),
    ("Yusuf Demir", "limited_user", "IT Operations", LONDON, "Service Desk Lead"),
    ("Zoe Hartmann", "limited_user", "IT Operations", SYDNEY, "Systems Engineer"),
    ("Arthur Penrose", "limited_user", "IT Operations", SYDNEY, "Systems Engineer"),
    ("Bella Costa", "observer", "Data", NEW_YORK, "Business Analyst"),
    ("Colin Radcliffe", "read_only_user", "IT Operations", LONDON, "Chief Operating Officer"),
    ("Dorothea Finch", "read_only_user", "Storefront", LONDON, "Marketing Director"),
    ("Edmund Pike", "read_only_limited_user", "Store Systems", LONDON, "Regional Manager"),
    ("Farah Siddiqui", "limited_user", "Platform", LONDON, "Starts next month"),
)
"""Name, role, team, time zone, job title."""

SERVICES = (
    ("Web Shop", "Storefront", "Storefront"),
    ("Product Search", "Storefront", "Storefront"),
    ("Product Catalogue", "Storefront", "Storefront low priority"),
    ("Shopping Basket", "Storefront", "Storefront"),
    ("Mobile App API", "Storefront", "Storefront"),
    ("Checkout", "Payments", "Payments"),
    ("Card Processing", "Payments", "Payments"),
    ("Fraud Screening", "Payments", "Fraud"),
    ("Gift Cards", "Payments", "Payments"),
    ("Order Management", "Fulfilment", "Fulfilment"),
    ("Warehouse Picking", "Fulfilment", "Warehouse"),
    ("Parcel Tracking", "Fulfilment", "Fulfilment"),
    ("Returns", "Fulfilment", "Fulfilment"),
    ("Kubernetes Platform", "Platform", "Platform"),
    ("Customer Database", "Platform", "Platform databases"),
    ("Message Bus", "Platform", "Platform"),
    ("DNS and CDN", "Platform", "Major incidents"),
    ("Recommendations", "Data", "Data"),
    ("Sales Reporting", "Data", "Data"),
    ("Stock Forecast", "Data", "Data"),
    ("Login and Accounts", "Security", "Security"),
    ("Secrets Vault", "Security", "Security incidents"),
    ("Store Tills", "Store Systems", "Store systems"),
    ("Store Wi-Fi", "Store Systems", "Store systems"),
    ("Corporate Mail", "IT Operations", "IT operations"),
    ("Service Desk Portal", "IT Operations", "Customer support"),
)
"""Name, team, escalation policy."""

BUSINESS_SERVICES = (
    ("Online Shop", "Storefront"),
    ("Store Checkout", "Store Systems"),
    ("Home Delivery", "Fulfilment"),
    ("Customer Accounts", "Security"),
    ("Business Insight", "Data"),
)
"""Name, team."""

SUPPORTS = (
    ("Web Shop", "Online Shop"),
    ("Mobile App API", "Online Shop"),
    ("Checkout", "Online Shop"),
    ("Store Tills", "Store Checkout"),
    ("Card Processing", "Store Checkout"),
    ("Order Management", "Home Delivery"),
    ("Parcel Tracking", "Home Delivery"),
    ("Login and Accounts", "Customer Accounts"),
    ("Sales Reporting", "Business Insight"),
)
"""Service, and the business service that needs it."""

DEPENDENCIES = (
    ("Product Search", "Web Shop"),
    ("Product Catalogue", "Product Search"),
    ("Shopping Basket", "Checkout"),
    ("Card Processing", "Checkout"),
    ("Fraud Screening", "Card Processing"),
    ("Gift Cards", "Checkout"),
    ("Warehouse Picking", "Order Management"),
    ("Returns", "Order Management"),
    ("Kubernetes Platform", "Web Shop"),
    ("Customer Database", "Login and Accounts"),
    ("Message Bus", "Order Management"),
    ("DNS and CDN", "Web Shop"),
    ("Recommendations", "Web Shop"),
    ("Stock Forecast", "Sales Reporting"),
    ("Secrets Vault", "Kubernetes Platform"),
    ("Store Wi-Fi", "Store Tills"),
    ("Corporate Mail", "Service Desk Portal"),
)
"""Service, and the service that needs it."""
