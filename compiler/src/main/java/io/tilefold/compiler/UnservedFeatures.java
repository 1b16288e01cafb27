package io.tilefold.compiler;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Source;
import java.util.List;

/**
 * What can be defined and is not served by this version: refused for online GroupBys rather than answered wrongly. What concerns offline alone (a join's left, its
 * bootstrap parts and skewKeys) hinders nothing. A version that learns one deletes its lines.
 */
final class UnservedFeatures {
    private final Joins joins;
    private final Findings findings;

    private UnservedFeatures(Joins joins, Findings findings) {
        this.joins = joins;
        this.findings = findings;
    }

    static void check(GroupBy groupBy, Joins joins, Findings findings) {
        if (!groupBy.online()) {
            return;
        }
        UnservedFeatures features = new UnservedFeatures(joins, findings);
        for (int i = 0; i < groupBy.sources().size(); i++) {
            Source source = groupBy.sources().get(i);
            features.check(source, groupBy.accuracy() == Accuracy.TEMPORAL, Sources.path("sources[" + i + "]", source));
        }
    }

    private void check(Source source, boolean isStreaming, String path) {
        if (isStreaming && source instanceof Source.JoinOutput output) {
            joins.find(output.join()).ifPresent(parent -> check(parent, path + ".join"));
        }
        if (isStreaming && source.streamTopic().isPresent()) {
            List<String> setups = source.query().setups();
            for (int i = 0; i < setups.size(); i++) {
                if (SetupRules.isOther(setups.get(i))) {
                    refuse(
                            path + ".query.setups[" + i + "]",
                            setups.get(i),
                            "a setup that declares no function, for a source with a topic,");
                }
            }
        }
    }

    /** Events of a parent's left are read as those of a source. */
    private void check(Join parent, String path) {
        if (SetupRules.hasOthers(parent.left().query().setups())) {
            refuse(path, parent.name(), "a parent join with a setup in its left that declares no function");
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
