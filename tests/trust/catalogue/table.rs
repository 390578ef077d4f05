//! The rows of the catalogue with the tests that hold them; it must never name a test that is not there.

/// How a row is held.
enum Held {
    /// By these tests.
    By(&'static [&'static str]),
    /// By none: no call that esbackup can send, and nothing that it keeps, can meet it.
    Cannot(&'static str),
}

use Held::{By, Cannot};

/// Each fault, in the order of the catalogue.
const ROWS: [(usize, &str, Held); 64] = [
    (
        1,
        "killed between CreatePolicy and AttachRolePolicy",
        By(&["row_01_killed_between_the_policy_and_its_attachment"]),
    ),
    (
        2,
        "killed after CreateRole, before its tags are known",
        By(&["row_02_a_role_without_tags_is_not_taken_over"]),
    ),
    (
        3,
        "killed during PUT _snapshot",
        By(&["row_03_a_registration_whose_answer_was_lost_is_not_sent_again"]),
    ),
    (
        4,
        "connection reset after CreateBucket was applied",
        By(&["row_04_a_bucket_whose_creation_was_answered_by_a_reset_is_created_once"]),
    ),
    (
        5,
        "the same for CreateRole and CreatePolicy",
        By(&["row_05_a_role_and_a_policy_whose_creation_was_answered_by_a_reset_are_created_once"]),
    ),
    (
        6,
        "the same for CreatePolicyVersion",
        By(&["row_06_a_policy_version_whose_answer_was_lost_takes_one_place_of_five"]),
    ),
    (
        7,
        "a burst of 503 SlowDown",
        By(&["row_07_a_burst_of_slow_down_is_waited_out_and_one_that_lasts_is_to_be_tried_again"]),
    ),
    (
        8,
        "sustained Throttling by IAM",
        By(&["row_08_throttling_by_iam_that_does_not_end_is_to_be_tried_again"]),
    ),
    (
        9,
        "500, 502 and 504 from the domain",
        By(&[
            "row_09_reads_are_sent_again_after_500_502_and_504_and_a_lost_registration_is_looked_for",
            "row_09_a_snapshot_whose_start_answers_504_is_looked_for_and_never_taken_twice",
        ]),
    ),
    (
        10,
        "NoSuchEntity right after a creation",
        By(&["row_10_what_was_created_a_moment_ago_may_be_unknown_for_a_while"]),
    ),
    (
        11,
        "invalid principal",
        By(&[
            "row_11_a_principal_that_iam_does_not_know_is_final_where_this_run_did_not_create_it",
        ]),
    ),
    (
        12,
        "AssumeRole not yet effective",
        By(&["row_12_a_role_that_cannot_be_assumed_yet_is_waited_for_and_named"]),
    ),
    (
        13,
        "a principal reads as AROA...",
        By(&["row_13_a_principal_that_reads_as_an_id_is_shown_and_taken_out"]),
    ),
    (
        14,
        "stale read after a write",
        By(&["row_14_an_old_answer_after_a_write_is_read_again_before_it_is_called_another_state"]),
    ),
    (
        15,
        "409 OperationAborted",
        By(&["row_15_another_change_of_the_same_bucket_is_waited_out_where_the_bucket_is_new"]),
    ),
    (
        16,
        "ConcurrentModification",
        By(&["row_16_another_change_of_the_same_role_or_policy_ends_the_run"]),
    ),
    (
        17,
        "a clock that is wrong by 20 minutes",
        By(&["a_clock_that_is_twenty_minutes_wrong_is_corrected_once_and_said"]),
    ),
    (
        18,
        "token expired in the middle of an apply",
        By(&[
            "row_18_a_token_that_expires_in_the_middle_ends_the_run_with_what_was_done",
            "a_token_that_expired_is_renewed_once",
        ]),
    ),
    (
        19,
        "token expires before the end of the plan",
        By(&["row_19_an_apply_does_not_begin_with_credentials_that_are_about_to_expire"]),
    ),
    (
        20,
        "no credentials, and a metadata service that hangs",
        By(&["row_20_no_credentials_anywhere_are_told_soon_even_where_the_metadata_service_hangs"]),
    ),
    (
        21,
        "two applies at once",
        By(&["row_21_of_two_applies_at_once_the_later_one_notices_and_replaces_nothing"]),
    ),
    (
        22,
        "the holder of a lock died",
        Cannot(
            "there is no lock: IAM and bucket configuration have no conditional writes, so that a lock would not hold; who comes second notices by reading (row 21)",
        ),
    ),
    (
        23,
        "stale plan",
        By(&["row_23_a_plan_whose_world_moved_is_stale_and_nothing_is_written"]),
    ),
    (
        24,
        "edited, truncated or old plan file",
        By(&["row_24_and_25_no_plan_is_ever_read_from_a_file"]),
    ),
    (
        25,
        "plan made for another account",
        By(&[
            "row_24_and_25_no_plan_is_ever_read_from_a_file",
            "row_26_the_wrong_account_is_noticed_before_the_domain_hears_anything",
        ]),
    ),
    (
        26,
        "credentials of the wrong account",
        By(&["row_26_the_wrong_account_is_noticed_before_the_domain_hears_anything"]),
    ),
    (
        27,
        "bucket of somebody else",
        By(&["row_27_a_bucket_of_somebody_else_may_be_squatted_and_every_request_names_its_owner"]),
    ),
    (
        28,
        "bucket in another region",
        By(&["row_28_a_bucket_in_another_region_is_an_error_that_names_both"]),
    ),
    (
        29,
        "200 for a second creation in us-east-1",
        By(&["row_29_a_200_for_a_creation_in_us_east_1_does_not_say_that_the_bucket_is_new"]),
    ),
    (
        30,
        "policy with five versions",
        By(&["row_30_the_oldest_of_five_versions_makes_room_in_a_step_that_the_plan_shows"]),
    ),
    (
        31,
        "policy longer than 6,144 characters",
        By(&["row_31_a_policy_that_is_too_long_for_iam_is_refused_offline"]),
    ),
    (
        32,
        "policy attached to others",
        By(&["row_32_a_policy_that_others_carry_too_is_not_changed_without_consent"]),
    ),
    (
        33,
        "DeleteConflict",
        By(&["row_33_a_version_that_became_the_default_in_between_is_not_deleted"]),
    ),
    (
        34,
        "names that differ in case only",
        By(&["row_34_a_role_or_a_policy_whose_name_differs_in_case_only_is_in_the_way"]),
    ),
    (
        35,
        "denied by a boundary or an organisation",
        By(&["row_35_a_denial_by_an_organisation_or_a_boundary_is_final_and_names_its_layer"]),
    ),
    (
        36,
        "repository written by another domain",
        By(&["row_36_a_base_path_that_another_domain_writes_is_refused_and_may_be_read"]),
    ),
    (
        37,
        "repository with drifted settings",
        By(&["row_37_drifted_settings_are_shown_and_sent_only_while_no_snapshot_runs"]),
    ),
    (
        38,
        "generation conflict",
        By(&[
            "row_38_a_repository_that_another_writer_changed_is_left_alone",
            "row_38_a_repository_that_another_writer_changed_takes_no_snapshot",
        ]),
    ),
    (
        39,
        "another snapshot runs",
        By(&["row_39_a_snapshot_that_runs_is_waited_for_and_then_the_domain_is_busy"]),
    ),
    (
        40,
        "PARTIAL snapshot",
        By(&["row_40_a_partial_snapshot_ends_otherwise_and_counts_for_nothing"]),
    ),
    (
        41,
        "snapshot that does not end",
        By(&["row_41_a_snapshot_that_does_not_end_goes_on_and_is_never_deleted"]),
    ),
    (
        42,
        "snapshot name exists",
        By(&["row_42_a_name_that_is_taken_is_refused_and_a_lost_answer_is_looked_for"]),
    ),
    (
        43,
        "Ctrl-C during a wait",
        By(&["row_43_ctrl_c_during_a_wait_lets_it_go_on_and_says_how_to_wait_again"]),
    ),
    (
        44,
        "restore onto an open index",
        By(&["row_44_a_restore_onto_an_open_index_is_refused_with_the_ways_out"]),
    ),
    (
        45,
        "restore of aliases, global state, system indices",
        By(&["row_45_a_restore_sends_neither_aliases_nor_global_state_nor_system_indices"]),
    ),
    (
        46,
        "disk watermarks",
        By(&["row_46_disks_without_room_refuse_a_restore_and_a_block_is_to_be_tried_again"]),
    ),
    (
        47,
        "domain red or processing",
        By(&["row_47_a_red_domain_refuses_what_needs_its_shards_and_a_busy_one_is_told"]),
    ),
    (
        48,
        "restored data incomplete",
        By(&["row_48_a_restore_whose_shards_find_no_node_is_not_called_complete"]),
    ),
    (
        49,
        "deletion by pattern, list, alias or date",
        By(&["row_49_only_exact_names_of_indices_are_ever_deleted"]),
    ),
    (
        50,
        "deletion without a verified snapshot",
        By(&["row_50_an_index_that_no_good_snapshot_holds_is_not_deleted"]),
    ),
    (
        51,
        "HTML in place of an answer",
        By(&["row_51_a_login_page_is_not_taken_for_an_answer"]),
    ),
    (
        52,
        "endless or compressed body",
        By(&["row_52_an_answer_without_end_is_not_read_to_its_end"]),
    ),
    (
        53,
        "truncated or odd JSON and XML",
        By(&["row_53_an_answer_that_is_cut_off_or_has_another_root_is_told_as_that"]),
    ),
    (
        54,
        "DNS, TLS, proxy, black hole",
        By(&[
            "row_54_each_layer_of_a_connection_fails_in_its_own_words",
            "a_plan_ends_in_time_whatever_aws_does_not_answer",
            "a_plan_ends_in_time_whatever_the_domain_does_not_answer",
            "a_machine_that_has_ipv6_alone_reaches_everything",
        ]),
    ),
    (
        55,
        "malformed YAML, double keys, bombs",
        By(&["row_55_broken_yaml_double_keys_and_bombs_are_problems_with_their_line"]),
    ),
    (
        56,
        "100 MB, 10,000 documents, deep nesting",
        By(&["row_56_too_much_of_anything_is_refused_soon"]),
    ),
    (
        57,
        "not UTF-8, byte order mark, CRLF, YAML 1.1",
        By(&[
            "row_57_an_account_without_quotes_and_text_that_is_no_utf_8_are_told_and_marks_and_line_ends_are_not",
        ]),
    ),
    (
        58,
        "two specs for one resource",
        By(&[
            "row_58_two_environments_that_want_the_same_thing_are_refused_before_anything_is_sent",
        ]),
    ),
    (
        59,
        "full disk, closed stdout",
        By(&[
            "row_59_a_full_disk_or_a_reader_that_went_away_changes_nothing_of_what_is_done",
            "a_result_that_a_full_disk_swallows_is_no_success_and_what_was_to_be_done_is_done",
            "whoever_stops_listening_changes_nothing_of_what_is_done",
        ]),
    ),
    (
        60,
        "one environment of many fails",
        By(&["row_60_an_environment_that_fails_stops_none_of_the_others"]),
    ),
    (
        61,
        "pages that repeat",
        By(&["row_61_a_list_that_repeats_its_marker_is_unreadable_and_not_short"]),
    ),
    (
        62,
        "list says present, get says absent",
        By(&["row_62_what_one_read_shows_and_another_denies_is_not_known"]),
    ),
    (
        63,
        "KMS key off",
        By(&["row_63_a_key_that_is_off_ends_the_proof_and_the_working_registration_stays"]),
    ),
    (
        64,
        "defaults that AWS adds",
        By(&["row_64_what_aws_adds_by_itself_is_no_drift"]),
    ),
];

#[test]
fn every_row_of_the_catalogue_names_tests_that_exist_or_why_it_cannot_be_met() {
    let known = crate::docs::tests();
    let mut met = 0;
    for (place, (number, fault, held)) in ROWS.iter().enumerate() {
        assert_eq!(*number, place + 1, "{fault}");
        match held {
            By(tests) => {
                assert!(!tests.is_empty(), "{number} {fault}");
                met += 1;
                for test in *tests {
                    assert!(known.contains(*test), "{number} {fault}: {test}");
                }
            }
            Cannot(why) => assert!(why.len() > 40, "{number} {fault}: {why}"),
        }
    }
    println!(
        "{} rows, {met} met, {} that nothing can meet",
        ROWS.len(),
        ROWS.len() - met
    );
}

#[test]
fn every_golden_text_of_the_catalogue_belongs_to_a_row() {
    let names = std::fs::read_dir(super::told::root()).unwrap();
    for name in names.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        // The others belong to the tests of clocks and deadlines.
        let Ok(number) = name[..2].parse::<usize>() else {
            continue;
        };
        let (_, _, held) = &ROWS[number - 1];
        assert!(matches!(held, By(_)), "{name}");
    }
}
