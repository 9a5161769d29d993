/* nbody.c - the sun and four planets for a while
   Shows: double arithmetic in software, exact to the last bit, and printf("%.17g").
   Run:   emu run samples/c/nbody.elf */

#include <math.h>
#include <stdio.h>

struct body {
    double x[3], v[3], mass;
};

static const double PI = 3.141592653589793;
#define DAYS 365.24
#define BODIES 3

static struct body bodies[BODIES];

static double energy(void)
{
    double sum = 0;
    for (int i = 0; i < BODIES; i++) {
        struct body *a = &bodies[i];
        sum += 0.5 * a->mass * (a->v[0] * a->v[0] + a->v[1] * a->v[1] + a->v[2] * a->v[2]);
        for (int j = i + 1; j < BODIES; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) {
                double d = a->x[k] - bodies[j].x[k];
                square += d * d;
            }
            sum -= a->mass * bodies[j].mass / sqrt(square);
        }
    }
    return sum;
}

static void advance(double time)
{
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], square = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = a->x[k] - b->x[k];
                square += d[k] * d[k];
            }
            double pull = time / (square * sqrt(square));
            for (int k = 0; k < 3; k++) {
                a->v[k] -= d[k] * b->mass * pull;
                b->v[k] += d[k] * a->mass * pull;
            }
        }
    }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            bodies[i].x[k] += time * bodies[i].v[k];
}

int main(void)
{
    double solar = 4 * PI * PI;
    bodies[0].mass = solar;
    bodies[1] = (struct body){{5.2, -1.1, -0.1}, {0.0016 * DAYS, 0.0077 * DAYS, 0}, 0.00095 * solar};
    bodies[2] = (struct body){{8.3, 4.1, -0.4}, {-0.0027 * DAYS, 0.0049 * DAYS, 0}, 0.00028 * solar};
    printf("energy before %.17g\n", energy());
    for (int step = 0; step < 200; step++)
        advance(0.01);
    printf("energy after  %.17g\n", energy());
    for (int i = 0; i < BODIES; i++)
        printf("body %d at %.17g %.17g %.17g\n", i, bodies[i].x[0], bodies[i].x[1], bodies[i].x[2]);
    printf("pi/7 %.17g, 1e300*1e10 %g, 0.1+0.2 %.17g, 2/3 as float %.9g\n", PI / 7, 1e300 * 1e10, 0.1 + 0.2,
           (double)(2.0f / 3.0f));
    return 0;
}
