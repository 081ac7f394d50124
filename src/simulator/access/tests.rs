use super::*;

const NOW: &str = "2026-11-03T04:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn classic(scopes: &[&str], is_owner: bool) -> TokenRights {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    TokenRights::Classic { scopes, is_owner, sso_required: vec!["lighthouse".to_owned()] }
}

fn access() -> AccessControl {
    let permission = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let fine_grained = |permissions: &[&str]| TokenRights::FineGrained {
        organization: "harbor".to_owned(),
        permissions: permission(permissions),
    };
    let known = [
        ("nothing", classic(&[], true)),
        ("org", classic(&["read:org"], true)),
        ("member", classic(&["read:org"], false)),
        ("enterprise", classic(&["read:enterprise"], true)),
        ("fine", fine_grained(&["organization_copilot_metrics"])),
    ];
    let installation =
        |id, target, permissions: &[&str]| Installation { id, target, permissions: permission(permissions), is_suspended: false };
    AccessControl::new(Access {
        refused: vec!["bad".to_owned()],
        without_right: Vec::new(),
        known: known.into_iter().map(|(token, credential)| (token.to_owned(), credential)).collect(),
        app: Some(App {
            id: 4242,
            client_id: "Iv23liSimulated".to_owned(),
            slug: "metrics".to_owned(),
            installations: vec![
                installation(1, Target::Organization("harbor".to_owned()), &["organization_copilot_metrics", "members"]),
                installation(2, Target::Enterprise("fleet".to_owned()), &["enterprise_copilot_metrics"]),
            ],
        }),
        policy_off: vec!["windlass".to_owned()],
        others: None,
    })
}

const REPORT: &str = "/orgs/harbor/copilot/metrics/reports/users-1-day";
const OTHERS_REPORT: &str = "/orgs/tidewater/copilot/metrics/reports/users-1-day";
const ENTERPRISE_REPORT: &str = "/enterprises/fleet/copilot/metrics/reports/users-1-day";

#[test]
fn each_credential_sees_what_the_matrix_says() {
    let access = access();
    let app = access.access.app.clone().unwrap();
    let (of_organization, _) = access.issue(&app.installations[0], now());
    let (of_enterprise, _) = access.issue(&app.installations[1], now());
    let seats = "/orgs/harbor/copilot/billing/seats";
    let enterprise_seats = "/enterprises/fleet/copilot/billing/seats";
    let table: &[(&str, &str, u16)] = &[
        ("anything", ENTERPRISE_REPORT, 200),
        ("bad", "/user", 401),
        ("nothing", "/user", 200),
        ("nothing", "/user/orgs", 403),
        ("nothing", REPORT, 403),
        ("org", "/user/orgs", 200),
        ("org", REPORT, 200),
        ("org", seats, 200),
        ("org", ENTERPRISE_REPORT, 403),
        ("org", "/orgs/lighthouse/teams", 403),
        ("member", REPORT, 403),
        ("member", "/orgs/harbor/teams", 200),
        ("enterprise", ENTERPRISE_REPORT, 200),
        ("enterprise", enterprise_seats, 200),
        ("enterprise", REPORT, 403),
        ("fine", "/user/orgs", 200),
        ("fine", REPORT, 200),
        ("fine", OTHERS_REPORT, 403),
        ("fine", "/orgs/harbor/teams", 403),
        ("fine", ENTERPRISE_REPORT, 403),
        (&of_organization, REPORT, 200),
        (&of_organization, "/orgs/harbor/teams", 200),
        (&of_organization, seats, 403),
        (&of_organization, OTHERS_REPORT, 403),
        (&of_organization, ENTERPRISE_REPORT, 403),
        (&of_organization, "/user/orgs", 403),
        (&of_enterprise, ENTERPRISE_REPORT, 200),
        (&of_enterprise, REPORT, 403),
        (&of_enterprise, enterprise_seats, 403),
        ("anything", "/orgs/windlass/copilot/metrics/reports/users-1-day", 403),
        ("anything", "/orgs/windlass/copilot/metrics", 422),
        ("anything", "/orgs/windlass/teams", 200),
    ];
    for (token, path, status) in table {
        let decision = access.decide(Some(&format!("Bearer {token}")), path, now());
        let answered = decision.map_or_else(|refusal| refusal.status.as_u16(), |_| 200);
        assert_eq!(answered, *status, "{token} at {path}");
    }
}

#[test]
fn who_sends_no_token_is_told_to_and_who_sends_a_wrong_one_too() {
    let access = AccessControl::default();
    let message = |authorization, path| access.decide(authorization, path, now()).map_err(|refusal| refusal.message);
    assert_eq!(message(None, "/user").unwrap_err(), "Requires authentication");
    assert_eq!(message(Some("Basic abc"), "/user").unwrap_err(), "Bad credentials");
    assert_eq!(message(Some("Bearer "), "/user").unwrap_err(), "Bad credentials");
    assert!(message(Some("token anything"), "/user").is_ok());
    assert!(message(None, "/meta").is_ok());
}

#[test]
fn a_fine_grained_token_lists_no_organizations() {
    let granted = access().decide(Some("Bearer fine"), "/user/orgs", now()).unwrap();
    assert!(!granted.visible.lists("harbor"));
}

#[test]
fn an_organization_behind_single_sign_on_is_left_out_and_refused_with_its_page() {
    let access = access();
    let granted = access.decide(Some("Bearer org"), "/user/orgs", now()).unwrap();
    assert!(granted.visible.lists("harbor") && !granted.visible.lists("lighthouse"));
    let refusal = access.decide(Some("Bearer org"), "/orgs/Lighthouse/teams", now()).unwrap_err();
    assert!(refusal.headers.iter().any(|(name, value)| *name == "x-github-sso" && value.starts_with("required; url=")));
}

#[test]
fn a_refusal_names_the_permission_that_is_missing() {
    let refusal = access().decide(Some("Bearer fine"), "/orgs/harbor/copilot/billing", now()).unwrap_err();
    assert_eq!(refusal.message, "Resource not accessible by personal access token");
    let accepted = "organization_copilot_seat_management=read; organization_administration=read";
    assert!(refusal.headers.contains(&("x-accepted-github-permissions", accepted.to_owned())));
}

#[test]
fn the_token_of_an_installation_is_bad_after_an_hour() {
    let access = access();
    let installation = access.access.app.clone().unwrap().installations[0].clone();
    let (token, expires_at) = access.issue(&installation, now());
    let authorization = format!("Bearer {token}");
    assert!(access.decide(Some(&authorization), REPORT, now()).is_ok());
    assert_eq!(access.decide(Some(&authorization), REPORT, expires_at).unwrap_err().message, "Bad credentials");
}

#[test]
fn only_a_sound_jwt_speaks_for_the_app() {
    // {"alg":"RS256","typ":"JWT"}
    let header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9";
    let signature = "A".repeat(342);
    // {"iat":1793678340,"exp":1793678880,"iss":"Iv23liSimulated"}
    let claims = "eyJpYXQiOjE3OTM2NzgzNDAsImV4cCI6MTc5MzY3ODg4MCwiaXNzIjoiSXYyM2xpU2ltdWxhdGVkIn0";
    let access = access();
    let decide = |token: &str, path: &str, now: Timestamp| access.decide(Some(&format!("Bearer {token}")), path, now);
    let token = format!("{header}.{claims}.{signature}");
    let issued = Timestamp::from_second(1_793_678_400).unwrap();
    assert!(decide(&token, "/app/installations", issued).is_ok());
    assert!(decide(&token, "/orgs/harbor/installation", issued).is_ok());
    assert!(decide(&token, "/app", Timestamp::from_second(1_793_678_880).unwrap()).is_err());
    assert!(decide(&token, "/app", Timestamp::from_second(1_793_678_000).unwrap()).is_err());
    assert!(decide(&token, "/user/orgs", issued).is_err());
    assert!(decide(&format!("{header}.{claims}.AAAA"), "/app", issued).is_err());
    assert!(decide("ghp_anything", "/app", issued).is_err());
}
