//! The log of a run, made again from its bundle alone.

use audit::bundle::{ExportError, KEYS, LEAVES, MANIFEST, NarrowError, export_run, run_of_log};
use audit::run_log::{RunLogError, What, render, run_log};
use audit::verify::Trust;
use expect_test::expect;
use model::id::RunId;
use model::text::Lang;

use crate::sample::{RUN, head, keys, leaves, log_bundle, run_bundle, signed, signers};

fn trust() -> Trust {
    Trust { keys: Some(keys()), signatures_needed: None }
}

#[test]
fn the_log_of_a_run_in_english() {
    let log = run_log(&run_bundle(), &trust()).unwrap();
    assert!(log.is_proved());
    expect![[r#"
        Log of run-7, cluster clinic, era 0
          answers    incident-5
          runbook    room-loss (sha256:aa), estate sha256:bb
          signed by  bascule-clinic-room-b, bascule-clinic-room-c (2 of 3 needed)
          log        23 leaves, root 79f08ff92fabc579ec95b5c6636f6ad7bdaa6e23b70e222ceae94dfad5f2f4de

        leaf 5  +6.250s  2023-11-14T22:13:26.250Z  controller-2, automatic  execute  [proof holds]
          verdict: room a lost; evidence: host/a1 seen from b: no answer for 5 s; controller/1 seen from c: no heartbeat

        leaf 7  +8.750s  2023-11-14T22:13:28.750Z  controller-2, automatic  execute  [proof holds]
          run started: 2 step items; left down for lack of room: test-9

        leaf 8  +10.000s  2023-11-14T22:13:30.000Z  controller-2, automatic  execute  [proof holds]
          step fence/a1 started: fence.host host=a1 (attempt 1, token 0.3)

        leaf 9  +11.250s  2023-11-14T22:13:31.250Z  controller-2, automatic  execute  [proof holds]
          the agent of b1 gives host a1 no further promise (token 0.3); its last one still lasts 0s

        leaf 10  +12.500s  2023-11-14T22:13:32.500Z  controller-2, automatic  execute  [proof holds]
          fence of host a1 proved by rung lease (token 0.3): lease and watchdog ran out: waited 32031 ms of 32030 ms required; b1 withholds

        leaf 12  +15.000s  2023-11-14T22:13:35.000Z  controller-2, automatic  execute  [proof holds]
          step fence/a1 done, seen: fence proved by lease (attempt 1)

        leaf 13  +16.250s  2023-11-14T22:13:36.250Z  controller-2, automatic  execute  [proof holds]
          step start/dpi started: vm.start host=b1 vm=dpi (attempt 1, token 0.4)

        leaf 14  +17.500s  2023-11-14T22:13:37.500Z  controller-3, automatic  execute  [proof holds]
          controller-3 takes the lead

        leaf 15  +18.750s  2023-11-14T22:13:38.750Z  controller-3, automatic  execute  [proof holds]
          step start/dpi outcome unknown: the leader changed (attempt 1; to be tried again)

        leaf 16  +20.000s  2023-11-14T22:13:40.000Z  controller-3, automatic  execute  [proof holds]
          step start/dpi started: vm.start host=b1 vm=dpi (attempt 2, token 0.5)

        leaf 17  +21.250s  2023-11-14T22:13:41.250Z  controller-3, automatic  execute  [proof holds]
          step start/dpi done, seen: b1 sees dpi booted under token 0.5 (attempt 2)

        leaf 18  +22.500s  2023-11-14T22:13:42.500Z  controller-3, automatic  execute  [proof holds]
          step start/dpi done, seen: b1 sees dpi booted under token 0.5 (attempt 2)
          rejected, changed nothing: illegal-step (key start/dpi, reason it is done already)

        leaf 19  +23.750s  2023-11-14T22:13:43.750Z  controller-3, automatic  execute  [proof holds]
          run ended: succeeded

        leaf 21  +26.250s  2023-11-14T22:13:46.250Z  dana, through controller-3  execute  [proof holds]
          incident closed: every VM runs

        Proved: all 14 entries are in the signed log and none was left out. Leaves of other matters among them: 1.
    "#]].assert_eq(&render(&log, Lang::En));
}

#[test]
fn the_log_of_a_run_in_french() {
    let log = run_log(&run_bundle(), &trust()).unwrap();
    expect![[r#"
        Journal de run-7, grappe clinic, ère 0
          répond à   incident-5
          procédure  room-loss (sha256:aa), parc sha256:bb
          signé par  bascule-clinic-room-b, bascule-clinic-room-c (2 sur 3 requises)
          journal    23 feuilles, racine 79f08ff92fabc579ec95b5c6636f6ad7bdaa6e23b70e222ceae94dfad5f2f4de

        feuille 5  +6.250s  2023-11-14T22:13:26.250Z  controller-2, automatique  réel  [preuve valide]
          verdict : salle a perdue ; constats : host/a1 vu de b : no answer for 5 s ; controller/1 vu de c : no heartbeat

        feuille 7  +8.750s  2023-11-14T22:13:28.750Z  controller-2, automatique  réel  [preuve valide]
          exécution lancée : 2 actions d'étape ; laissées arrêtées faute de place : test-9

        feuille 8  +10.000s  2023-11-14T22:13:30.000Z  controller-2, automatique  réel  [preuve valide]
          étape fence/a1 lancée : fence.host host=a1 (tentative 1, jeton 0.3)

        feuille 9  +11.250s  2023-11-14T22:13:31.250Z  controller-2, automatique  réel  [preuve valide]
          l'agent de b1 ne promet plus rien à l'hôte a1 (jeton 0.3) ; sa dernière promesse court encore 0s

        feuille 10  +12.500s  2023-11-14T22:13:32.500Z  controller-2, automatique  réel  [preuve valide]
          isolement de l'hôte a1 prouvé par le bail (jeton 0.3) : bail et chien de garde échus : 32031 ms attendues sur 32030 ms requises ; b1 refuse toute promesse

        feuille 12  +15.000s  2023-11-14T22:13:35.000Z  controller-2, automatique  réel  [preuve valide]
          étape fence/a1 faite, constaté : fence proved by lease (tentative 1)

        feuille 13  +16.250s  2023-11-14T22:13:36.250Z  controller-2, automatique  réel  [preuve valide]
          étape start/dpi lancée : vm.start host=b1 vm=dpi (tentative 1, jeton 0.4)

        feuille 14  +17.500s  2023-11-14T22:13:37.500Z  controller-3, automatique  réel  [preuve valide]
          controller-3 prend la main

        feuille 15  +18.750s  2023-11-14T22:13:38.750Z  controller-3, automatique  réel  [preuve valide]
          étape start/dpi issue inconnue : the leader changed (tentative 1 ; à retenter)

        feuille 16  +20.000s  2023-11-14T22:13:40.000Z  controller-3, automatique  réel  [preuve valide]
          étape start/dpi lancée : vm.start host=b1 vm=dpi (tentative 2, jeton 0.5)

        feuille 17  +21.250s  2023-11-14T22:13:41.250Z  controller-3, automatique  réel  [preuve valide]
          étape start/dpi faite, constaté : b1 sees dpi booted under token 0.5 (tentative 2)

        feuille 18  +22.500s  2023-11-14T22:13:42.500Z  controller-3, automatique  réel  [preuve valide]
          étape start/dpi faite, constaté : b1 sees dpi booted under token 0.5 (tentative 2)
          rejetée, rien n'a changé : illegal-step (key start/dpi, reason it is done already)

        feuille 19  +23.750s  2023-11-14T22:13:43.750Z  controller-3, automatique  réel  [preuve valide]
          exécution terminée : réussie

        feuille 21  +26.250s  2023-11-14T22:13:46.250Z  dana, par controller-3  réel  [preuve valide]
          incident clos : every VM runs

        Prouvé : les 14 entrées sont dans le journal signé et aucune n'a été retirée. Feuilles d'autres sujets parmi elles : 1.
    "#]].assert_eq(&render(&log, Lang::Fr));
}

#[test]
fn an_altered_leaf_is_shown_without_proof_and_the_others_keep_theirs() {
    let mut files = run_bundle();
    let text = String::from_utf8(files[LEAVES].clone()).unwrap();
    assert!(text.contains("waited_ms\":32031"));
    files.insert(LEAVES.to_owned(), text.replace("waited_ms\":32031", "waited_ms\":92031").into());
    let log = run_log(&files, &trust()).unwrap();
    assert!(!log.is_proved());
    let unproved: Vec<u64> =
        log.entries.iter().filter(|entry| !entry.proof_holds).map(|entry| entry.leaf).collect();
    assert_eq!(unproved, [10]);
    let shown = render(&log, Lang::Fr);
    assert!(shown.contains("PREUVE NON VALIDE"), "{shown}");
    assert!(shown.contains("la feuille 10 a été altérée"), "{shown}");
}

#[test]
fn a_leaf_that_can_not_be_read_is_an_entry_too() {
    let mut files = run_bundle();
    let text = String::from_utf8(files[LEAVES].clone()).unwrap();
    let damaged = text.replacen("{\"data\"", "{\"dat@\"", 1);
    files.insert(LEAVES.to_owned(), damaged.into());
    let log = run_log(&files, &trust()).unwrap();
    assert_eq!(log.entries[0].leaf, 5);
    assert_eq!(log.entries[0].what, What::Other { kind: String::new() });
    assert!(!log.entries[0].proof_holds);
}

#[test]
fn a_run_that_has_not_ended_has_a_log_up_to_the_checkpoint() {
    let leaves = leaves();
    let note = signed(&leaves, 17, &signers());
    let files = export_run(&head(&note, &keys()), &leaves, RunId(7)).unwrap();
    let log = run_log(&files, &trust()).unwrap();
    assert!(log.is_proved(), "{:?}", log.verification.findings);
    assert_eq!(log.entries.last().unwrap().leaf, 16);
}

#[test]
fn what_holds_no_run_says_so() {
    assert_eq!(run_log(&log_bundle(), &trust()), Err(RunLogError::NotOneRun));
    let mut files = run_bundle();
    files.remove(MANIFEST);
    assert_eq!(run_log(&files, &trust()), Err(RunLogError::Manifest));
    files = run_bundle();
    files.insert(LEAVES.to_owned(), Vec::new());
    assert_eq!(run_log(&files, &trust()), Err(RunLogError::NoStart { run: RunId(7) }));

    let leaves = leaves();
    let note = signed(&leaves, 23, &signers());
    for run in [RunId(6), RunId(23), RunId(u64::MAX)] {
        let error = export_run(&head(&note, &keys()), &leaves, run).unwrap_err();
        assert_eq!(error, ExportError::NoSuchRun { run, size: 23 });
    }
}

#[test]
fn the_bundle_of_a_whole_log_gives_the_bundle_of_each_run_in_it() {
    assert_eq!(run_of_log(&log_bundle(), RUN).unwrap(), run_bundle());
    let stranger = run_of_log(&log_bundle(), RunId(4711)).unwrap_err();
    assert!(stranger.to_string().contains("run-4711"), "{stranger}");
}

#[test]
fn a_whole_log_that_was_altered_or_lacks_a_file_gives_no_bundle_of_a_run() {
    let mut altered = log_bundle();
    altered.get_mut(LEAVES).unwrap()[40] ^= 1;
    let refused = run_of_log(&altered, RUN).unwrap_err();
    assert!(matches!(refused, NarrowError::Export(ExportError::Root { .. })), "{refused}");
    let mut keyless = log_bundle();
    keyless.remove(KEYS);
    assert_eq!(run_of_log(&keyless, RUN).unwrap_err(), NarrowError::File { file: KEYS });
}
