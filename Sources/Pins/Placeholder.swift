public import PinEngine
