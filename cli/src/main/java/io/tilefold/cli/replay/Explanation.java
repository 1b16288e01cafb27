package io.tilefold.cli.replay;

import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.TileExplanation;
import io.tilefold.proto.serving.v1.WindowExplanation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** How serving came to one feature of one row, as lines for people: its window, and what each tile adds. */
final class Explanation {
    private static final int TILES_SHOWN = 12;

    private Explanation() {}

    /** @param feature name in the join; nothing is known of what is derived */
    static List<String> of(ExplainResponse response, String feature) {
        List<String> lines = new ArrayList<>();
        for (PartExplanation part : response.getPartsList()) {
            for (WindowExplanation window : part.getWindowsList()) {
                int output = output(part, window, feature);
                if (output >= 0) {
                    explain(part, window, output, lines);
                }
            }
        }
        return lines;
    }

    private static int output(PartExplanation part, WindowExplanation window, String feature) {
        for (int i = 0; i < window.getOutputsCount(); i++) {
            if (feature.equals(part.getName() + "_" + window.getOutputs(i))) {
                return i;
            }
        }
        return -1;
    }

    private static void explain(PartExplanation part, WindowExplanation window, int output, List<String> lines) {
        lines.add("GroupBy " + part.getGroupBy() + ", key " + part.getRead() + ", events from "
                + (window.hasFromMs() ? time(window.getFromMs()) : "the beginning") + " to " + time(window.getToMs()));
        for (TileExplanation tile : window.getTilesList()) {
            if (lines.size() > TILES_SHOWN) {
                lines.add("  ... " + (window.getTilesCount() - TILES_SHOWN) + " more tiles");
                return;
            }
            lines.add("  " + (tile.getKind() == TileExplanation.Kind.KIND_SUFFIX ? "base" : "live") + " from "
                    + (tile.hasFromMs() ? time(tile.getFromMs()) : "the beginning") + " to " + time(tile.getToMs())
                    + ": " + tile.getValues(output));
        }
    }

    private static String time(long epochMs) {
        return Instant.ofEpochMilli(epochMs).toString();
    }
}
