package io.tilefold.servingbench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Figures of alternating runs A B A B: printed as the median of each and of their ratio and difference pair by pair, with the ranges. */
final class Pairs {
    /** What {@link LoadProcess} prints, and what the server allocated for each request. */
    static final List<String> OF_LOAD = List.of(
            "requests/s",
            "failed",
            "p50 us",
            "p99 us",
            "p99.9 us",
            "server CPU us",
            "client CPU us",
            "hiccup p50",
            "hiccup p99",
            "allocated B");

    private final List<String> names;
    private final String first;
    private final String second;
    private final List<double[]> ofFirst = new ArrayList<>();
    private final List<double[]> ofSecond = new ArrayList<>();

    /** @param names of the figures, in order */
    Pairs(List<String> names, String first, String second) {
        this.names = names;
        this.first = first;
        this.second = second;
    }

    void add(double[] figuresOfFirst, double[] figuresOfSecond) {
        ofFirst.add(figuresOfFirst);
        ofSecond.add(figuresOfSecond);
    }

    void print() {
        for (int i = 0; i < names.size(); i++) {
            double[] a = column(ofFirst, i);
            double[] b = column(ofSecond, i);
            double[] ratios = new double[a.length];
            double[] differences = new double[a.length];
            Arrays.setAll(ratios, run -> a[run] / b[run]);
            Arrays.setAll(differences, run -> a[run] - b[run]);
            System.out.printf(
                    Locale.ROOT,
                    "%-16s %s %s  %s %s  ratio %s  difference %s%n",
                    names.get(i),
                    first,
                    range(a),
                    second,
                    range(b),
                    range(ratios),
                    range(differences));
        }
    }

    private static double[] column(List<double[]> runs, int index) {
        return runs.stream().mapToDouble(run -> run[index]).toArray();
    }

    private static String range(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", median(sorted), sorted[0], sorted[sorted.length - 1]);
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
