/* numbers.h - functions of numbers that are the same to the last bit on every computer

   The mathematical libraries of different systems differ in the last digit of sin or exp. These use only what IEEE 754
   prescribes exactly: the four operations, and taking numbers apart. */

#ifndef NUMBERS_H
#define NUMBERS_H

double exponential(double x);
double logarithm(double x);
double sine(double x);
double cosine(double x);
double arctangent(double x);
double power_of(double base, double exponent);

#endif
