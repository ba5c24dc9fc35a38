from whitenoise.middleware import WhiteNoiseMiddleware


class AsyncWhiteNoise(WhiteNoiseMiddleware):
    pass
