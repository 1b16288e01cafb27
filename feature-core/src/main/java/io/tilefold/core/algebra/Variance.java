package io.tilefold.core.algebra;

import org.agrona.DirectBuffer;

/** Population variance, m2 / n; 0 for equal inputs. */
final class Variance extends MomentsOperation {
    Variance() {
        super("variance", 2);
    }

    @Override
    double value(DirectBuffer buffer, int moments, long n) {
        return Moments.variance(buffer, moments, n);
    }
}
