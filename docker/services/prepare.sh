#!/bin/sh
# Bring Airflow's database up to date and create the pools that the DAGs name.
# `make up` and compose's init service run it; doing it again changes nothing.
set -eu
airflow db migrate
python -m pipeline.airflow > "$AIRFLOW_HOME/pools.json"
airflow pools import "$AIRFLOW_HOME/pools.json"
