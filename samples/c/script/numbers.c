/* numbers.c - series with reduced arguments */

#include "numbers.h"

#include <math.h>

/* Constants in two parts: the first has so few bits that small multiples of it are exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double HALF_PI_HIGH = 0x1.921fb544p+0, HALF_PI_LOW = 0x1.0b4611a626331p-34;
static const double HALF_PI = 0x1.921fb54442d18p+0;

double exponential(double x)
{
    if (isnan(x))
        return x;
    if (x > 709.79)
        return INFINITY;
    if (x < -745.2)
        return 0;
    double k = floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double sum = 1;
    for (int n = 20; n > 0; n--)
        sum = 1 + sum * r / n;
    return ldexp(sum, (int)k);
}

double logarithm(double x)
{
    if (isnan(x) || x < 0)
        return NAN;
    if (x == 0)
        return -INFINITY;
    if (isinf(x))
        return x;
    int k;
    double m = frexp(x, &k);
    if (m < 0.70710678118654752) {
        m *= 2;
        k--;
    }
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 0;
    for (int n = 41; n > 0; n -= 2)
        sum = sum * square + 2.0 / n;
    return k * LN2_HIGH + (sum * s + k * LN2_LOW);
}

/* The remainder of x by a quarter of a turn, at most half of one in size, and which quarter it is. */
static double quarter(double x, int *number)
{
    double k = floor(x / HALF_PI + 0.5);
    *number = (int)(k - 4 * floor(k / 4));
    return (x - k * HALF_PI_HIGH) - k * HALF_PI_LOW;
}

static double small_sine(double x)
{
    double square = x * x, sum = 1;
    for (int n = 20; n > 0; n -= 2)
        sum = 1 - sum * square / (n * (n + 1));
    return x * sum;
}

static double small_cosine(double x)
{
    double square = x * x, sum = 1;
    for (int n = 20; n > 0; n -= 2)
        sum = 1 - sum * square / (n * (n - 1));
    return sum;
}

static double turned(double x, int quarters)
{
    if (!(fabs(x) < 1e9))
        return NAN;
    int number;
    double rest = quarter(x, &number);
    switch ((number + quarters) & 3) {
    case 0:
        return small_sine(rest);
    case 1:
        return small_cosine(rest);
    case 2:
        return -small_sine(rest);
    default:
        return -small_cosine(rest);
    }
}

double sine(double x)
{
    return turned(x, 0);
}

double cosine(double x)
{
    return turned(x, 1);
}

double arctangent(double x)
{
    if (x < 0)
        return -arctangent(-x);
    if (x > 1)
        return HALF_PI - arctangent(1 / x);
    /* Halving the angle twice makes the series short. */
    double scale = 1;
    for (int turn = 0; turn < 2; turn++) {
        x = x / (1 + sqrt(1 + x * x));
        scale *= 2;
    }
    double square = x * x, sum = 0;
    for (int n = 35; n > 0; n -= 2)
        sum = 1.0 / n - sum * square;
    return scale * x * sum;
}

double power_of(double base, double exponent)
{
    if (exponent == floor(exponent) && fabs(exponent) <= 1024) {
        double result = 1, square = base;
        for (int n = (int)fabs(exponent); n; n /= 2) {
            if (n & 1)
                result *= square;
            square *= square;
        }
        return exponent < 0 ? 1 / result : result;
    }
    if (exponent == 0.5)
        return sqrt(base);
    return exponential(exponent * logarithm(base));
}
