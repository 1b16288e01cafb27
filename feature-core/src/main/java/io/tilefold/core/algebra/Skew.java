package io.tilefold.core.algebra;

import org.agrona.DirectBuffer;

/** Skewness, √n · m3 / m2^1.5; null for fewer than 3 inputs and for equal ones. */
final class Skew extends MomentsOperation {
    Skew() {
        super("skew", 3);
    }

    @Override
    double value(DirectBuffer buffer, int moments, long n) {
        return Moments.skew(buffer, moments, n);
    }
}
