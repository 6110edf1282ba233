#!/bin/sh
# Bring Airflow's database up to date and create the pools that the DAGs name.
# `make up` and compose's init service run it; doing it again changes nothing.
set -eu
airflow db migrate
python -m pipeline.airflow > "$AIRFLOW_HOME/pools.json"
airflow pools import "$AIRFLOW_HOME/pools.json"

# Compose gives the password by its environment; `make up` makes one and has written it.
if [ -n "${AIRFLOW_ADMIN_PASSWORD:-}" ]; then
  umask 077
  python -c 'import json, os; print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))' \
    > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
fi
