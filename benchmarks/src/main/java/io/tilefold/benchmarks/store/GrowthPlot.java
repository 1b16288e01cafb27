package io.tilefold.benchmarks.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Draws time per read over the number of keys, from JMH's results as CSV ({@code -rf csv -rff FILE}): one line per benchmark method.
 *
 * <pre>
 * benchmarks/bench io.tilefold.benchmarks.store.GrowthPlot RESULTS.csv docs/benchmarks/growth.svg
 * </pre>
 */
public final class GrowthPlot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 150;
    private static final int TOP = 30;
    private static final int BOTTOM = 50;
    private static final String[] COLOURS = {"#1b6ca8", "#d1495b", "#66a182", "#8d6a9f"};

    private final Map<String, NavigableMap<Integer, Double>> series = new TreeMap<>();
    private double nanosMax;
    private double keysMin = Double.MAX_VALUE;
    private double keysMax;

    private GrowthPlot() {}

    public static void main(String[] arguments) throws IOException {
        GrowthPlot plot = new GrowthPlot();
        plot.read(Path.of(arguments[0]));
        Files.writeString(Path.of(arguments[1]), plot.svg());
    }

    private void read(Path csv) throws IOException {
        List<String> lines = Files.readAllLines(csv);
        List<String> columns = cells(lines.get(0));
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = cells(line);
            String name = cells.get(columns.indexOf("Benchmark"));
            if (!name.contains(":")) { // a profiler's line
                String method = name.substring(name.lastIndexOf('.') + 1);
                add(
                        method,
                        Integer.parseInt(cells.get(columns.indexOf("Param: keys"))),
                        Double.parseDouble(cells.get(columns.indexOf("Score"))));
            }
        }
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.split(",", -1)) {
            cells.add(cell.replace("\"", ""));
        }
        return cells;
    }

    private void add(String name, int keys, double nanos) {
        series.computeIfAbsent(name, unused -> new TreeMap<>()).put(keys, nanos);
        nanosMax = Math.max(nanosMax, nanos);
        keysMin = Math.min(keysMin, keys);
        keysMax = Math.max(keysMax, keys);
    }

    private String svg() {
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT));
        axes(svg);
        int index = 0;
        for (Map.Entry<String, NavigableMap<Integer, Double>> entry : series.entrySet()) {
            line(svg, entry.getKey(), entry.getValue(), COLOURS[index++ % COLOURS.length]);
        }
        return svg.append("</svg>\n").toString();
    }

    private void axes(StringBuilder svg) {
        double step = Math.pow(10, Math.floor(Math.log10(nanosMax)));
        step = nanosMax / step < 3 ? step / 4 : step;
        for (double nanos = 0; nanos <= nanosMax * 1.1; nanos += step) {
            text(svg, LEFT - 8, y(nanos) + 4, "end", String.format(Locale.ROOT, "%.0f", nanos), "#333");
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                    LEFT,
                    y(nanos),
                    WIDTH - RIGHT,
                    y(nanos)));
        }
        for (int keys : series.values().iterator().next().keySet()) {
            text(svg, x(keys), HEIGHT - BOTTOM + 18, "middle", String.format(Locale.ROOT, "%,d", keys), "#333");
        }
        text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", "keys in the store", "#333");
        text(svg, LEFT - 50, TOP - 12, "start", "ns a read", "#333");
    }

    private void line(StringBuilder svg, String name, NavigableMap<Integer, Double> points, String colour) {
        StringBuilder path = new StringBuilder();
        points.forEach((keys, nanos) -> {
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f ", path.isEmpty() ? "M" : "L", x(keys), y(nanos)));
            svg.append(String.format(
                    Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n", x(keys), y(nanos), colour));
            text(svg, x(keys), y(nanos) - 9, "middle", String.format(Locale.ROOT, "%.0f", nanos), colour);
        });
        svg.append(String.format(
                Locale.ROOT, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n", path, colour));
        Map.Entry<Integer, Double> last = points.lastEntry();
        text(svg, x(last.getKey()) + 12, y(last.getValue()) + 4, "start", name, colour);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text, String colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                colour,
                text));
    }

    private double x(double keys) {
        double span = Math.log10(keysMax / keysMin);
        return LEFT + 25 + Math.log10(keys / keysMin) / Math.max(span, 1) * (WIDTH - RIGHT - LEFT - 50);
    }

    private double y(double nanos) {
        return HEIGHT - BOTTOM - nanos / (nanosMax * 1.1) * (HEIGHT - BOTTOM - TOP);
    }
}
