package io.tilefold.core.algebra;

import org.agrona.DirectBuffer;

/** Excess kurtosis, n · m4 / m2² − 3; null for fewer than 4 inputs and for equal ones. */
final class Kurtosis extends MomentsOperation {
    Kurtosis() {
        super("kurtosis", 4);
    }

    @Override
    double value(DirectBuffer buffer, int moments, long n) {
        return Moments.kurtosis(buffer, moments, n);
    }
}
