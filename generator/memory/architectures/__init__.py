"""One module per family of architectures: each reads its ``model_type`` configs into layers."""
