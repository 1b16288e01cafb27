package io.tilefold.compiler;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Source;

/**
 * What can be defined and is not served by this version: refused for online GroupBys rather than answered wrongly. What concerns offline alone (a join's left, its
 * bootstrap parts and skewKeys) hinders nothing. A version that learns one deletes its lines.
 */
final class UnservedFeatures {
    private final Findings findings;

    private UnservedFeatures(Findings findings) {
        this.findings = findings;
    }

    static void check(GroupBy groupBy, Findings findings) {
        if (!groupBy.online()) {
            return;
        }
        UnservedFeatures features = new UnservedFeatures(findings);
        for (int i = 0; i < groupBy.sources().size(); i++) {
            Source source = groupBy.sources().get(i);
            features.check(source, groupBy.accuracy() == Accuracy.TEMPORAL, Sources.path("sources[" + i + "]", source));
        }
    }

    private void check(Source source, boolean isStreaming, String path) {
        if (source instanceof Source.JoinOutput) {
            refuse(path, "", "join as a source");
        }
        if (isStreaming
                && source.streamTopic().isPresent()
                && !source.query().setups().isEmpty()) {
            refuse(path + ".query.setups", "", "setups for a source with a topic");
        }
    }

    private void refuse(String field, String value, String feature) {
        findings.refuse(
                field,
                value,
                feature + " is not served by this version",
                "remove it, or write online: false to use it offline");
    }
}
