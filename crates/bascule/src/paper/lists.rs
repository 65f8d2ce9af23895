//! The lists behind the sets, cause by cause: which hosts, which VMs in which order, which services.

use model::action::Over;
use model::estate::{Estate, Probe};
use model::id::{HostId, ServiceId, VmId};
use model::text::Text;
use runbook::Step;

use super::markup::{Tongues, escape};
use crate::views::runbook::{Here, Member, RunbookPage};
use crate::words::{Word, incident, paper as words, runbook as runbook_words};

/// Every list, a page for each cause.
pub(super) fn all(page: &RunbookPage, estate: &Estate, tongues: Tongues<'_>) -> String {
    let mut html = String::new();
    for here in &page.here {
        html.push_str("<section class=\"lists\">\n");
        html.push_str(&heading(here, tongues));
        if let Some(why) = &here.no_plan {
            html.push_str(&format!(
                "<p>{}: {}</p>\n",
                tongues.word(runbook_words::NO_PLAN),
                escape(why)
            ));
        }
        for members in &here.steps {
            if let Some(step) = page.runbook.step(&members.step) {
                html.push_str(&list(step, &members.items, estate, tongues));
            }
        }
        if !here.left_down.is_empty() {
            html.push_str(&format!("<h3>{}</h3>\n<ul>\n", tongues.word(words::LEFT_DOWN)));
            for shed in &here.left_down {
                let (vm, why) = (escape(shed.vm.as_str()), escape(&shed.reason));
                html.push_str(&format!("<li><b>{vm}</b>: {why}</li>\n"));
            }
            html.push_str("</ul>\n");
        }
        html.push_str("</section>\n");
    }
    html
}

fn heading(here: &Here, tongues: Tongues<'_>) -> String {
    let causes: Vec<String> = if here.of.is_empty() {
        here.causes.iter().map(|cause| escape(cause)).collect()
    } else {
        let cause = |cause| tongues.each(|lang| escape(&incident::cause(cause, lang)));
        here.of.iter().map(cause).collect()
    };
    format!(
        "<h2>{} — {}</h2>\n<ul class=\"causes\">\n{}</ul>\n",
        tongues.word(words::LISTS),
        tongues.word(words::LISTS_FOR),
        causes.iter().map(|cause| format!("<li>{cause}</li>\n")).collect::<String>()
    )
}

/// The members of one step, each with a box to tick.
fn list(step: &Step, items: &[Member], estate: &Estate, tongues: Tongues<'_>) -> String {
    let title = step.title.as_ref().map_or_else(String::new, |title| tongues.text(title));
    let columns: &[Word] = match step.for_each.over {
        Over::Hosts => &[words::HOST, words::ROOM],
        Over::Vms => &[words::VM, words::SERVICE, words::TIER, words::STARTS_ON, words::AFTER],
        Over::Services => &[words::SERVICE, words::TIER, words::PROBE],
        Over::StorageLayers => &[words::LAYER, words::SERVED],
        Over::Run => &[],
    };
    let heads: String =
        columns.iter().map(|word| format!("<th>{}</th>", tongues.word(*word))).collect();
    let mut html = format!(
        "<h3><code>{}</code> {title} ({})</h3>\n<table class=\"list\">\n<tr><th></th><th>#</th>{heads}<th>{}</th></tr>\n",
        escape(step.id.as_str()),
        items.len(),
        tongues.word(words::TIME),
    );
    for (number, item) in items.iter().enumerate() {
        let cells: String = cells(step.for_each.over, item, estate, tongues)
            .into_iter()
            .map(|cell| format!("<td>{cell}</td>"))
            .collect();
        html.push_str(&format!(
            "<tr><td><span class=\"box\"></span></td><td>{}</td>{cells}<td class=\"blank\"></td></tr>\n",
            number + 1
        ));
    }
    html.push_str("</table>\n");
    html
}

fn cells(over: Over, item: &Member, estate: &Estate, tongues: Tongues<'_>) -> Vec<String> {
    let id = escape(&item.id);
    let on = escape(item.on.as_deref().unwrap_or_default());
    match over {
        Over::Hosts => {
            let host = estate.hosts.get(&HostId::from(item.id.as_str()));
            let room = host.and_then(|host| {
                let room = estate.rooms.get(&host.room)?;
                Some(format!("{} ({})", tongues.text(&room.title), escape(host.room.as_str())))
            });
            vec![id, room.unwrap_or_default()]
        }
        Over::Vms => {
            let vm = estate.vms.get(&VmId::from(item.id.as_str()));
            let service = vm.map(|vm| vm.service.clone()).unwrap_or_default();
            let (title, tier, _) = service_cells(&service, estate, tongues);
            let after: Vec<String> = item.after.iter().map(|vm| escape(vm.as_str())).collect();
            vec![id, title, tier, on, after.join(", ")]
        }
        Over::Services => {
            let (title, tier, probe) =
                service_cells(&ServiceId::from(item.id.as_str()), estate, tongues);
            vec![title, tier, probe]
        }
        Over::StorageLayers => vec![id, on],
        Over::Run => Vec::new(),
    }
}

/// A service's title, tier and probe.
fn service_cells(
    id: &ServiceId,
    estate: &Estate,
    tongues: Tongues<'_>,
) -> (String, String, String) {
    let Some(service) = estate.services.get(id) else {
        return (escape(id.as_str()), String::new(), String::new());
    };
    let title = match &service.title {
        Text::Same(text) if text.is_empty() => escape(id.as_str()),
        title => tongues.text(title),
    };
    let probe = match &service.probe {
        None => String::new(),
        Some(Probe::Tcp { address }) => escape(address),
        Some(Probe::Http { url }) => escape(url),
        Some(Probe::Nagios { command, args }) => escape(&format!("{command} {}", args.join(" "))),
    };
    (title, service.tier.0.to_string(), probe)
}
