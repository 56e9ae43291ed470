"""AutoETS and seasonal-naive of statsforecast: a list of histories as JSON on stdin, quantiles for each of them on stdout."""
import json
import sys

import numpy as np
from statsforecast.models import AutoETS, SeasonalNaive

request = json.load(sys.stdin)
answers = {"AutoETS": [], "SeasonalNaive": []}
for history in request["histories"]:
    values = np.array(history, dtype=float)
    for name, model in (("AutoETS", AutoETS(season_length=24)), ("SeasonalNaive", SeasonalNaive(season_length=24))):
        forecast = model.forecast(y=values, h=request["steps"], level=[80])
        answers[name].append([[float(v) for v in forecast[key]] for key in ("lo-80", "mean", "hi-80")])
json.dump(answers, sys.stdout)
