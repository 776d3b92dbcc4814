"""Floats in objects: operator methods on vectors, and virtual calls on the things of a scene."""

from math import sqrt

from _rounds import run


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / sqrt(self.dot(self)))


class Thing:
    def __init__(self, shade):
        self.shade = shade

    def hit(self, origin, direction):
        raise NotImplementedError

    def normal(self, point):
        raise NotImplementedError


class Sphere(Thing):
    def __init__(self, centre, radius, shade):
        super().__init__(shade)
        self.centre = centre
        self.radius = radius

    def hit(self, origin, direction):
        to_centre = self.centre - origin
        along = to_centre.dot(direction)
        discriminant = self.radius * self.radius - to_centre.dot(to_centre) + along * along
        if discriminant < 0.0:
            return None
        return along - sqrt(discriminant)

    def normal(self, point):
        return (point - self.centre).unit()


class Floor(Thing):
    def __init__(self, height, shade):
        super().__init__(shade)
        self.height = height
        self.up = Vector(0.0, 1.0, 0.0)

    def hit(self, origin, direction):
        if abs(direction.y) < 1e-9:
            return None
        return (self.height - origin.y) / direction.y

    def normal(self, point):
        return self.up


def nearest(scene, origin, direction):
    best, thing = 1e30, None
    for each in scene:
        distance = each.hit(origin, direction)
        if distance is not None and 1e-6 < distance < best:
            best, thing = distance, each
    return best, thing


def shade_at(scene, light, origin, direction, depth):
    distance, thing = nearest(scene, origin, direction)
    if thing is None:
        return 0.1
    point = origin + direction * distance
    normal = thing.normal(point)
    to_light = (light - point).unit()
    brightness = max(0.0, normal.dot(to_light))
    if nearest(scene, point, to_light)[1] is not None:
        brightness *= 0.3
    if depth:
        bounced = direction - normal * (2.0 * normal.dot(direction))
        brightness = 0.7 * brightness + 0.3 * shade_at(scene, light, point, bounced, depth - 1)
    return brightness * thing.shade


def work(size):
    scene = [
        Sphere(Vector(0.0, 0.0, 5.0), 1.0, 0.9),
        Sphere(Vector(1.8, 0.4, 6.0), 1.1, 0.7),
        Sphere(Vector(-1.7, -0.3, 4.2), 0.7, 0.8),
        Floor(-1.0, 0.6),
    ]
    light = Vector(5.0, 6.0, -3.0)
    eye = Vector(0.0, 0.0, -1.0)
    total = 0
    for row in range(size):
        for column in range(size):
            direction = Vector((column - size / 2) / size, (size / 2 - row) / size, 1.0).unit()
            total += int(255 * shade_at(scene, light, eye, direction, 2))
    return total


if __name__ == "__main__":
    run(work, 200)
