package io.tilefold.cli.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far two values are apart: 0 if they agree; the largest difference of their numbers; infinity if no number says it (another string, length, set of
 * keys, kind). Floating numbers agree within a tolerance of the larger magnitude, absolute below 1; all else exactly. Stateless.
 */
final class ValueDistance {
    static final double DEFAULT_TOLERANCE = 1e-9;

    private ValueDistance() {}

    static double between(@Nullable Object a, @Nullable Object b, double tolerance) {
        if (a == null || b == null) {
            return a == b ? 0 : Double.POSITIVE_INFINITY;
        }
        if (a instanceof Number x && b instanceof Number y) {
            return numbers(x, y, tolerance);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return lists(x, y, tolerance);
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return maps(x, y, tolerance);
        }
        boolean equal = a instanceof byte[] x && b instanceof byte[] y ? Arrays.equals(x, y) : a.equals(b);
        return equal ? 0 : Double.POSITIVE_INFINITY;
    }

    private static double numbers(Number a, Number b, double tolerance) {
        if (!isFloating(a) && !isFloating(b)) {
            return a.longValue() == b.longValue() ? 0 : Math.max(1, Math.abs(a.doubleValue() - b.doubleValue()));
        }
        double x = a.doubleValue();
        double y = b.doubleValue();
        double distance = Math.abs(x - y);
        double allowed = tolerance * Math.max(1, Math.max(Math.abs(x), Math.abs(y)));
        return isFloating(a) != isFloating(b) || Double.isNaN(distance)
                ? Double.POSITIVE_INFINITY
                : distance <= allowed ? 0 : distance;
    }

    private static boolean isFloating(Number number) {
        return number instanceof Double || number instanceof Float;
    }

    private static double lists(List<?> a, List<?> b, double tolerance) {
        if (a.size() != b.size()) {
            return Double.POSITIVE_INFINITY;
        }
        double most = 0;
        for (int i = 0; i < a.size(); i++) {
            most = Math.max(most, between(a.get(i), b.get(i), tolerance));
        }
        return most;
    }

    private static double maps(Map<?, ?> a, Map<?, ?> b, double tolerance) {
        if (!a.keySet().equals(b.keySet())) {
            return Double.POSITIVE_INFINITY;
        }
        double most = 0;
        for (Map.Entry<?, ?> entry : a.entrySet()) {
            most = Math.max(most, between(entry.getValue(), b.get(entry.getKey()), tolerance));
        }
        return most;
    }
}
