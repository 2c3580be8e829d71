"""Smart agriculture: fields and plantings, forecasts as rows, weather rules, and the tip when not to water."""
