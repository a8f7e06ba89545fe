"""`Model.Framework`: the names of frameworks."""

from __future__ import annotations

__all__ = ["Framework"]


class Framework:
    """What `model_framework` may be."""

    CUSTOM = "Custom"
    KERAS = "Keras"
    LIGHTGBM = "LightGBM"
    ONNX = "Onnx"
    PYTORCH = "PyTorch"
    SCIKITLEARN = "ScikitLearn"
    TENSORFLOW = "TensorFlow"
    TFKERAS = "TfKeras"
    XGBOOST = "XGBoost"
