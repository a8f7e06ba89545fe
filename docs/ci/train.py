"""Train the model that the workflow registers."""

from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

features, outcome = load_diabetes(return_X_y=True)
Path("outputs").mkdir(exist_ok=True)
joblib.dump(Ridge(alpha=1.0).fit(features, outcome), "outputs/model.joblib")
